// Precompiled for the console.
#pragma once
#include "core.h"
#include <QAbstractTableModel>
#include <QBoxLayout>
#include <QLabel>
#include <QMainWindow>
#include <QPainter>
#include <QPushButton>
#include <QWidget>
